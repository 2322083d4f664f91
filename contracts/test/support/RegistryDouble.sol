// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {EpochReport, EpochRoot, NodeView, RootView} from "../../src/Types.sol";
import {IRegistry} from "../../src/interfaces/IRegistry.sol";
import {IStakes} from "../../src/interfaces/IStakes.sol";

/// @dev A registry that says what a test tells it to. It hashes and signs as the real one does, and each leaf of its trees is one
/// that a test named; tests of the real registry's proofs are elsewhere.
contract RegistryDouble is IRegistry, EIP712 {
    struct NodeEntry {
        bool known;
        uint32 index;
        address operator;
        bytes32 qx;
        bytes32 qy;
        bool retired;
    }

    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "EpochReport(uint64 epoch,address validator,bytes32 auditRoot,bytes32 summaryRoot,uint32 due,uint32 done,bytes32 seed,uint64 beaconRound,uint32 nodeCount,bytes32 policyHash,bytes32 previous,bytes32 archiveHash)"
    );
    bytes32 private constant ROOT_TYPEHASH = keccak256(
        "EpochRoot(uint64 epoch,uint32 round,bytes32 scoreRoot,bytes32 rewardRoot,bytes32 penaltyRoot,bytes32 reportSetHash,bytes32 nodeSetRoot,bytes32 previousRoot,bytes32 policyHash)"
    );

    uint64 public genesis;
    uint32 public SLOT_SECONDS = 60;
    uint32 public SLOTS_PER_EPOCH = 60;
    uint32 public validatorCount;
    /// Nodes beyond so many aren't in effect yet.
    uint32 public nodeLimit = type(uint32).max;
    uint64 public rootCount;

    mapping(address operator => mapping(uint64 epoch => address)) public signerAt;
    mapping(address validator => mapping(uint64 epoch => bytes32)) public reportHashOf;
    mapping(bytes32 nodeId => NodeEntry) private _nodes;
    mapping(uint32 index => bytes32) private _nodeIds;
    mapping(uint64 epoch => RootView) private _roots;
    mapping(bytes32 leaf => bool) private _leaves;
    uint32 private _nodeTotal;

    /// How often, and with what stake, the operator's stake was last said to have changed.
    mapping(address operator => uint256) public changes;
    mapping(address operator => uint256) public stakeSeen;

    constructor(uint64 genesis_) EIP712("Assay", "1") {
        genesis = genesis_;
    }

    // ── what tests set ──────────────────────────────────────────────────────────────────────────────────────────────────

    function setValidatorCount(uint32 count) external {
        validatorCount = count;
    }

    function setNodeLimit(uint32 limit) external {
        nodeLimit = limit;
    }

    function setSigner(address operator, uint64 epoch, address signer) external {
        signerAt[operator][epoch] = signer;
    }

    function setReport(address validator, uint64 epoch, bytes32 hash) external {
        reportHashOf[validator][epoch] = hash;
    }

    function addNode(address operator, bytes32 qx, bytes32 qy) external returns (bytes32 nodeId) {
        nodeId = keccak256(abi.encodePacked(qx, qy));
        _nodeIds[_nodeTotal] = nodeId;
        _nodes[nodeId] = NodeEntry(true, _nodeTotal++, operator, qx, qy, false);
    }

    function retire(bytes32 nodeId) external {
        _nodes[nodeId].retired = true;
    }

    function addRoot(uint64 epoch, bool provisional) external {
        (_roots[epoch].posted, _roots[epoch].provisional) = (true, provisional);
        ++rootCount;
    }

    function addReward(uint64 epoch, uint8 pool, address account, uint256 cumulative) external {
        _leaves[keccak256(abi.encode("reward", epoch, pool, account, cumulative))] = true;
    }

    function addPenalty(uint64 epoch, address owner, bytes32 nodeId, uint256 cumulative) external {
        _leaves[keccak256(abi.encode("penalty", epoch, owner, nodeId, cumulative))] = true;
    }

    // ── the registry ────────────────────────────────────────────────────────────────────────────────────────────────────

    function stakeChanged(address operator) external {
        ++changes[operator];
        if (msg.sender.code.length != 0) stakeSeen[operator] = IStakes(msg.sender).bonded(operator, 0);
    }

    function currentEpoch() external view returns (uint64) {
        return block.timestamp < genesis ? 0 : uint64((block.timestamp - genesis) / (SLOT_SECONDS * SLOTS_PER_EPOCH));
    }

    function epochStart(uint64 epoch) external view returns (uint256) {
        return genesis + uint256(epoch) * SLOT_SECONDS * SLOTS_PER_EPOCH;
    }

    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function policyAt(uint64) external pure returns (bytes32) {
        return 0;
    }

    function validatorCountAt(uint64) external view returns (uint32) {
        return validatorCount;
    }

    function nodeCountAt(uint64) public view returns (uint32) {
        return nodeLimit < _nodeTotal ? nodeLimit : _nodeTotal;
    }

    function nodeIndexOf(bytes32 nodeId) external view returns (uint32) {
        require(_nodes[nodeId].known, "unknown node");
        return _nodes[nodeId].index;
    }

    function nodeAt(uint32 index, uint64 epoch) external view returns (NodeView memory) {
        require(index < nodeCountAt(epoch), "no node at this index");
        NodeEntry storage node = _nodes[_nodeIds[index]];
        return NodeView(index, _nodeIds[index], node.operator, node.qx, node.qy, "", 0, 0, node.retired);
    }

    function nodeKey(bytes32 nodeId) external view returns (bool, address, bytes32, bytes32, bool) {
        NodeEntry storage node = _nodes[nodeId];
        return (node.known, node.operator, node.qx, node.qy, node.retired);
    }

    function hashReport(EpochReport calldata report) external pure returns (bytes32) {
        return keccak256(abi.encode(REPORT_TYPEHASH, report));
    }

    function hashRoot(EpochRoot calldata root) external pure returns (bytes32) {
        return keccak256(abi.encode(ROOT_TYPEHASH, root));
    }

    function rootOf(uint64 epoch) external view returns (RootView memory) {
        return _roots[epoch];
    }

    function verifyReward(uint64 epoch, uint8 pool, address account, uint256 cumulative, bytes32[] calldata)
        external
        view
        returns (bool)
    {
        return _leaves[keccak256(abi.encode("reward", epoch, pool, account, cumulative))];
    }

    function verifyPenalty(uint64 epoch, address owner, bytes32 nodeId, uint256 cumulative, bytes32[] calldata)
        external
        view
        returns (bool)
    {
        return _leaves[keccak256(abi.encode("penalty", epoch, owner, nodeId, cumulative))];
    }
}
