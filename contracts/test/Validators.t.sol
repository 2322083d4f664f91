// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BadUrlLength, PageTooLong} from "../src/Limits.sol";
import {ValidatorView} from "../src/Types.sol";
import {Validators} from "../src/Validators.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

contract ValidatorsTest is RegistryTest {
    bytes32 private constant TIP = keccak256("tip");
    address private constant SIGNER = address(0x51);
    address private constant OTHER_SIGNER = address(0x52);

    function _register(address operator, address signer) private {
        VM.prank(operator);
        registry.registerValidator(signer, TIP, "https://v.example");
    }

    /// Registered in any epoch by anybody with any signer and URL: in effect two epochs later, not sooner.
    function testFuzz_RegisterTakesEffectTwoEpochsLater(
        address operator,
        address signer,
        bytes32 tip,
        string memory url,
        uint32 epoch
    ) external {
        VM.assume(signer != address(0) && tip != 0 && bytes(url).length > 0 && bytes(url).length <= 200);
        goTo(epoch);
        VM.expectEmit(true, true, true, true, address(registry));
        emit Validators.ValidatorRegistered(operator, signer, tip, url, uint64(epoch) + 2);
        VM.prank(operator);
        registry.registerValidator(signer, tip, url);

        no(registry.validatorAt(operator, uint64(epoch) + 1).active, "too soon");
        same(registry.validatorCountAt(uint64(epoch) + 1), 0, "count before");
        same(registry.validatorBySigner(signer, uint64(epoch) + 1), address(0), "signer before");
        ValidatorView memory found = registry.validatorAt(operator, uint64(epoch) + 2);
        yes(found.active, "active");
        same(found.signer, signer, "signer");
        same(found.url, url, "url");
        same(registry.validatorCountAt(type(uint64).max), 1, "count");
        same(registry.validatorBySigner(signer, uint64(epoch) + 2), operator, "by signer");
        (bool found_, uint64 base, bytes32 seed) = registry.seedTipAt(operator, uint64(epoch) + 2);
        yes(found_, "has a chain");
        same(base, uint64(epoch) + 1, "base epoch");
        same(seed, tip, "base seed");
    }

    function test_BeforeGenesisEverythingStartsAtTwo() external {
        VM.warp(GENESIS - 100 * EPOCH_SECONDS);
        _register(ALICE, SIGNER);
        no(registry.validatorAt(ALICE, 1).active, "epoch 1");
        yes(registry.validatorAt(ALICE, 2).active, "epoch 2");
    }

    /// Changes in later epochs never touch what is or was in effect, and a second one in the same epoch replaces the first.
    function testFuzz_UpdatesKeepThePast(uint8 wait) external {
        _register(ALICE, SIGNER);
        uint64 epoch = 1 + uint64(wait);
        goTo(epoch);
        VM.startPrank(ALICE);
        registry.updateValidator(address(0x99), "https://overwritten.example");
        registry.updateValidator(OTHER_SIGNER, "https://new.example");
        VM.stopPrank();

        same(registry.validatorAt(ALICE, epoch + 1).signer, epoch + 1 >= 2 ? SIGNER : address(0), "before");
        same(registry.validatorAt(ALICE, 2).signer, SIGNER, "at registration");
        same(registry.validatorAt(ALICE, epoch + 2).signer, OTHER_SIGNER, "after");
        same(registry.validatorAt(ALICE, epoch + 2).url, "https://new.example", "url after");
        same(registry.validatorBySigner(SIGNER, epoch + 1), ALICE, "old signer before");
        same(registry.validatorBySigner(SIGNER, epoch + 2), address(0), "old signer after");
        same(registry.validatorBySigner(OTHER_SIGNER, epoch + 2), ALICE, "new signer after");
        same(registry.validatorBySigner(address(0x99), epoch + 2), address(0), "overwritten signer");
        same(registry.validatorCountAt(epoch + 2), 1, "count");
    }

    function testFuzz_RotationKeepsTheOldChainForOlderEpochs(uint8 wait, bytes32 tip) external {
        VM.assume(tip != 0);
        _register(ALICE, SIGNER);
        uint64 epoch = 1 + uint64(wait);
        goTo(epoch);
        VM.startPrank(ALICE);
        registry.rotateSeed(keccak256("overwritten"));
        registry.rotateSeed(tip);
        VM.stopPrank();
        (, uint64 base, bytes32 seed) = registry.seedTipAt(ALICE, epoch + 1);
        same(base, 1, "old base");
        same(seed, TIP, "old tip");
        (, base, seed) = registry.seedTipAt(ALICE, epoch + 2);
        same(base, epoch + 1, "new base");
        same(seed, tip, "new tip");
    }

    function testFuzz_RetirementIsFinal(uint8 wait) external {
        _register(ALICE, SIGNER);
        goTo(wait);
        VM.startPrank(ALICE);
        registry.retireValidator();
        bytes memory retired = abi.encodeWithSelector(Validators.ValidatorHasRetired.selector, ALICE);
        VM.expectRevert(retired);
        registry.retireValidator();
        VM.expectRevert(retired);
        registry.updateValidator(SIGNER, "https://v.example");
        VM.expectRevert(retired);
        registry.rotateSeed(TIP);
        VM.expectRevert(abi.encodeWithSelector(Validators.ValidatorExists.selector, ALICE));
        registry.registerValidator(SIGNER, TIP, "https://v.example");
        VM.stopPrank();

        yes(registry.validatorAt(ALICE, uint64(wait) + 1).active == (wait > 0), "until then");
        ValidatorView memory found = registry.validatorAt(ALICE, uint64(wait) + 2);
        no(found.active, "retired");
        same(found.signer, SIGNER, "still readable");
        same(registry.validatorCountAt(uint64(wait) + 2), 0, "count");
        same(registry.validatorBySigner(SIGNER, uint64(wait) + 2), address(0), "signs for nobody");
    }

    function test_StrangersHaveNothingToChange() external {
        bytes memory unknown = abi.encodeWithSelector(Validators.UnknownValidator.selector, BOB);
        VM.startPrank(BOB);
        VM.expectRevert(unknown);
        registry.updateValidator(SIGNER, "https://v.example");
        VM.expectRevert(unknown);
        registry.rotateSeed(TIP);
        VM.expectRevert(unknown);
        registry.retireValidator();
    }

    function test_ASignerServesOneValidatorForEver() external {
        _register(ALICE, SIGNER);
        bytes memory taken = abi.encodeWithSelector(Validators.SignerTaken.selector, SIGNER, ALICE);
        VM.startPrank(BOB);
        VM.expectRevert(taken);
        registry.registerValidator(SIGNER, TIP, "https://b.example");
        registry.registerValidator(OTHER_SIGNER, TIP, "https://b.example");
        VM.expectRevert(taken);
        registry.updateValidator(SIGNER, "https://b.example");
        VM.stopPrank();

        VM.startPrank(ALICE);
        goTo(1);
        registry.updateValidator(address(0x53), "https://a.example");
        goTo(2);
        registry.updateValidator(SIGNER, "https://a.example"); // back to its own former one
        VM.stopPrank();
        same(registry.validatorBySigner(SIGNER, 3), address(0), "between");
        same(registry.validatorBySigner(SIGNER, 4), ALICE, "again");
    }

    function test_EmptyValuesAreRefused() external {
        VM.startPrank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(Validators.ZeroSigner.selector));
        registry.registerValidator(address(0), TIP, "https://a.example");
        VM.expectRevert(abi.encodeWithSelector(Validators.ZeroSeedTip.selector));
        registry.registerValidator(SIGNER, 0, "https://a.example");
        VM.expectRevert(abi.encodeWithSelector(BadUrlLength.selector, 0, 200));
        registry.registerValidator(SIGNER, TIP, "");
        VM.expectRevert(abi.encodeWithSelector(BadUrlLength.selector, 201, 200));
        registry.registerValidator(SIGNER, TIP, string(new bytes(201)));
        registry.registerValidator(SIGNER, TIP, string(new bytes(200)));
        VM.expectRevert(abi.encodeWithSelector(Validators.ZeroSeedTip.selector));
        registry.rotateSeed(0);
        VM.expectRevert(abi.encodeWithSelector(Validators.ZeroSigner.selector));
        registry.updateValidator(address(0), "https://a.example");
    }

    function testFuzz_PagesCoverEverybodyOnce(uint8 many, uint8 from, uint8 count) external {
        uint256 total = between(many, 0, 30);
        count = uint8(between(count, 0, 100));
        for (uint160 i = 1; i <= total; ++i) {
            _register(address(i), address(0x1000 + i));
        }
        ValidatorView[] memory page = registry.validatorsAt(2, from, count);
        uint256 expected = from >= total ? 0 : (count < total - from ? count : total - from);
        same(registry.validatorTotal(), total, "total");
        same(page.length, expected, "length");
        for (uint256 i = 0; i < page.length; ++i) {
            same(page[i].operator, address(uint160(from + i + 1)), "operator");
            yes(page[i].active, "active");
        }
    }

    function test_LongPagesAreRefused() external {
        VM.expectRevert(abi.encodeWithSelector(PageTooLong.selector, 101, 100));
        registry.validatorsAt(2, 0, 101);
        same(registry.validatorsAt(2, type(uint256).max, 100).length, 0, "beyond the end");
    }
}
