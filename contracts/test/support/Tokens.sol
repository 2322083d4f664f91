// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev A token as nobody would wish for: it may take a fee, refuse a recipient, say false instead of reverting, give a recipient
/// nothing but burn its gas, or call somebody in the middle of a transfer.
contract TrickyToken is ERC20 {
    enum Refusal {
        NONE,
        REVERT,
        FALSE,
        GAS
    }

    uint256 public feePpm;
    mapping(address recipient => Refusal) public refusals;
    address private _callee;
    bytes private _call;
    /// What the call in the middle gave back.
    bool public callSucceeded;
    bytes public callReturned;

    constructor() ERC20("Tricky", "TRICK") {
        _mint(msg.sender, 1e30);
    }

    function setFee(uint256 ppm) external {
        feePpm = ppm;
    }

    function refuse(address recipient, Refusal how) external {
        refusals[recipient] = how;
    }

    /// The next transfer calls `callee`, once.
    function callDuringTransfer(address callee, bytes calldata data) external {
        (_callee, _call) = (callee, data);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        Refusal how = refusals[to];
        if (how == Refusal.FALSE) return false;
        if (how == Refusal.GAS) while (true) {}
        require(how != Refusal.REVERT, "refused");
        return super.transfer(to, value);
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) ? 0 : (value * feePpm) / 1e6;
        super._update(from, to, value - fee);
        if (fee != 0) super._update(from, address(0), fee);
        if (_callee != address(0)) {
            address callee = _callee;
            _callee = address(0);
            (callSucceeded, callReturned) = callee.call(_call);
        }
    }
}
